//go:build tools

// Package tools names the programs that ../set-up/exporters makes, so that go.mod pins them with all they import.
package tools

import (
	_ "github.com/oliver006/redis_exporter"
	_ "github.com/prometheus-community/postgres_exporter/cmd/postgres_exporter"
)
