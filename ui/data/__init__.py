"""JSON for the parts of a page that draw themselves in the browser: tables, charts, the waterfall, completions.

Each endpoint takes the page's own URL query, so there is one reading of it (`ui.state.parse`).
"""
