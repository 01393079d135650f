// What a stranger would check a bundle with: built by the tests, never shipped.
module gobundle

go 1.25.0

require (
	filippo.io/mldsa v1.0.0
	golang.org/x/mod v0.30.0
)
