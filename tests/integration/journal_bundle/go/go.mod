// What a stranger would check a bundle with: built by the tests, never shipped.
module gobundle

go 1.24.0

require golang.org/x/mod v0.30.0
