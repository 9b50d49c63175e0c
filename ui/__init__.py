"""The web pages: a Dash app, one module a page. The browser holds the question (in the URL), the server the answer."""
