"""A bank: accounts, transfers, standing orders, cards and disputes."""
