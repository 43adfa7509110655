"""Source code from package registries: fetched, checked, filtered, cut into holes.

`packages` gets pinned packages with the registries' own clients, `licences` says which files may be used,
`files` which are worth using, `spans` where holes can be cut. The evaluation suite and the training data are
both made with it, by different programs. Standard library only.
"""
