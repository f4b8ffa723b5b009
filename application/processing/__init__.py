"""What makes orders dependable: dispatch, process, extend leases, recover, release, watch."""
