// What a stranger would check the log with: built by the tests, never shipped.
module gotlog

go 1.24.0

require golang.org/x/mod v0.30.0
