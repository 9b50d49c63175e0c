"""The panel of one span: one module a tab, each a pure function of the span."""
