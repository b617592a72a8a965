"""The one key that Streamlit's buttons can't have: / moves to the search for a class."""

from __future__ import annotations

import streamlit as st

_JS = """
export default function ({ data, parentElement }) {
  parentElement.querySelector(".more").hidden = !data.walks
  const listen = (event) => {
    const typing = event.target.closest?.("input, textarea, [contenteditable=true]")
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing) return
    const field = document.querySelector(data.field)
    if (!field) return
    event.preventDefault()
    field.focus()
    field.click()
  }
  const previous = parentElement.__listen
  if (previous) document.removeEventListener("keydown", previous)
  parentElement.__listen = listen
  document.addEventListener("keydown", listen)
  return () => document.removeEventListener("keydown", parentElement.__listen)
}
"""
_CSS = """
.hint { font: 400 0.8rem var(--st-font); color: var(--st-text-color); opacity: 0.75; margin: 0; }
kbd { font: inherit; border: 1px solid var(--st-border-color); border-radius: 4px; padding: 0 0.35em; }
"""
_HTML = """
<p class="hint">Keys: <kbd>/</kbd> find a class<span class="more">, <kbd>←</kbd> <kbd>→</kbd> previous and next,
<kbd>Esc</kbd> clear</span></p>
"""
_keys = st.components.v2.component("caveat_keys", html=_HTML, css=_CSS, js=_JS)


def slash_focuses(widget_key: str, *, walks: bool = True) -> None:
    """Let / put the cursor into a widget, and say which keys the page knows.

    Parameters
    ----------
    widget_key : str
    walks : bool
        Whether the page has a previous and a next example, too.
    """
    with st.container(width="stretch"):
        _keys(key="keys", data={"field": f".st-key-{widget_key} input", "walks": walks})
