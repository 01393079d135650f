// A rival for benchmarks/journal.py: built there, linked into nothing, shipped nowhere.
// 1.5.0 is under the Apache licence; 1.9.5 is under the Business Source License.
module immulog

go 1.24

require github.com/codenotary/immudb v1.5.0

require (
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/cespare/xxhash/v2 v2.2.0 // indirect
	github.com/golang/protobuf v1.5.3 // indirect
	github.com/google/go-cmp v0.5.9 // indirect
	github.com/matttproud/golang_protobuf_extensions v1.0.1 // indirect
	github.com/prometheus/client_golang v1.12.2 // indirect
	github.com/prometheus/client_model v0.2.0 // indirect
	github.com/prometheus/common v0.32.1 // indirect
	github.com/prometheus/procfs v0.7.3 // indirect
	golang.org/x/sys v0.9.0 // indirect
	google.golang.org/protobuf v1.30.0 // indirect
)
