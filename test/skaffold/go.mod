// Pins the skaffold whose published schema skaffold.yaml is checked against. Nothing of it is built.
module chatstack-test-skaffold

go 1.23

require github.com/GoogleContainerTools/skaffold/v2 v2.16.1
