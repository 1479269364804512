"""The blind sheet: what it says, its versions, the owner's agreement, what its words give away."""
