"""What notebooks show of things: HTML that reads well in light and dark, every name escaped; and the magics.

`html` has the pieces; `reports`, `packages` and `preview` say of what things are made. Classes import the one
they need in their `_repr_html_`, so that nothing of this is loaded where nothing is shown.
"""
