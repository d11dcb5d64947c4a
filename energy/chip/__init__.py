"""A whole chip: what its blocks take, and what lies between them."""
