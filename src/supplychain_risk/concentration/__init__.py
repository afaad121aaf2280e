"""How concentrated: what a company or a book of holdings ultimately depends on."""
