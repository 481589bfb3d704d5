"""What runs in a sandbox beside the programs of the policy; the standard library is all that it needs."""
