"""A finished backtest for people: on a terminal, as files, as one self-contained page.

Import from the modules: `terminal.show`, `page.page`, `files.json_text`. Nothing is loaded before it is needed.
"""
