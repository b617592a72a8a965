"""Tokens as the model receives them: special, unknown and changed ones marked, and what was cut off."""

from __future__ import annotations

import streamlit as st

from analysis.preprocessing.eyes import SeenText

#: Tokens that are drawn.
MOST = 600

_CSS = """
.tokens { display: flex; flex-wrap: wrap; gap: 0.2rem; font-family: var(--st-code-font); font-size: 0.82rem;
  line-height: 1.5; }
.token { border: 1px solid var(--st-border-color); border-radius: 4px; padding: 0 0.3em; white-space: pre;
  max-width: 100%; overflow: hidden; text-overflow: ellipsis; color: var(--st-text-color); }
.special { border-style: dashed; color: var(--st-gray-text-color); background: var(--st-gray-background-color); }
.unknown { border-color: var(--st-red-color); color: var(--st-red-text-color);
  background: var(--st-red-background-color); }
.changed { box-shadow: inset 0 -2px 0 var(--st-orange-color); background: var(--st-orange-background-color); }
.cut { color: var(--st-red-text-color); padding: 0 0.3em; }
.lost { color: var(--st-gray-text-color); text-decoration: line-through; font-family: var(--st-font);
  overflow-wrap: anywhere; }
"""
_JS = """
export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".tokens")
  const part = (name, text, title) => {
    const node = document.createElement("span")
    node.className = name
    node.textContent = text
    node.dir = "auto"
    if (title) node.title = title
    return node
  }
  const tokens = data.tokens.map((t) => part(`token ${t.kind} ${t.changed ? "changed" : ""}`, t.text, t.title))
  const cut = data.cut ? [part("cut", "✂ cut here")] : []
  const lost = data.lost ? [part("lost", data.lost)] : []
  place.replaceChildren(...(data.side === "left" ? [...lost, ...cut, ...tokens] : [...tokens, ...cut, ...lost]))
}
"""
_tokens = st.components.v2.component("caveat_tokens", html='<div class="tokens"></div>', css=_CSS, js=_JS)
_KINDS = {"word": "", "special": "special token, ", "unknown": "unknown: not in the vocabulary, "}


def draw(seen: SeenText, *, key: str) -> None:
    """Draw the tokens of one text."""
    shown = [
        {
            "text": token.text,
            "kind": token.kind,
            "changed": token.changed,
            "title": f"{_KINDS[token.kind]}id {token.number}{', differs' if token.changed else ''}",
        }
        for token in seen.tokens[:MOST]
    ]
    lost = seen.lost if len(seen.lost) <= 600 else f"{seen.lost[:300]} … {seen.lost[-200:]}"
    _tokens(key=key, data={"tokens": shown, "cut": seen.cut, "lost": lost, "side": seen.side})
