//go:build tools

// Package tools names the programs that ./build makes, so that go.mod pins them with all they import.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
