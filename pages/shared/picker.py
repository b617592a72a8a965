"""A grid of cards to pick from: pictures, quotes, names. Texts from data reach the page as text, never as markup."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import streamlit as st

_CSS = """
:host, .grid { display: block; }
.grid {
  display: grid; gap: 0.75rem; font-family: var(--st-font);
  grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--least, 9rem)), 1fr));
}
.card {
  all: unset; box-sizing: border-box; cursor: pointer; display: flex; flex-direction: column; overflow: hidden;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); color: var(--st-text-color);
  background: var(--st-background-color); text-align: start; min-width: 0;
  transition: border-color 120ms, box-shadow 120ms;
}
.card:hover { border-color: var(--st-primary-color); }
.card:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.card[aria-pressed="true"] { border-color: var(--st-primary-color); box-shadow: 0 0 0 1px var(--st-primary-color); }
.pictures {
  display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 1px;
  background: var(--st-secondary-background-color);
}
.pictures > * {
  aspect-ratio: 1; width: 100%; min-width: 0; display: flex; align-items: center; justify-content: center;
}
.pictures img { width: 100%; height: 100%; object-fit: contain; }
.missing { font-size: 0.75rem; opacity: 0.7; padding: 0.5rem; box-sizing: border-box; text-align: center; }
.quote { flex: 1 0 auto; padding: 0.65rem 0.7rem; background: var(--st-secondary-background-color); }
.quote > * {
  font-size: 0.875rem; line-height: 1.45; overflow: hidden; overflow-wrap: anywhere;
  display: -webkit-box; -webkit-line-clamp: var(--lines, 4); -webkit-box-orient: vertical; white-space: pre-line;
}
.words { padding: 0.5rem 0.65rem 0.6rem; display: flex; flex-direction: column; gap: 0.1rem; min-width: 0; }
.title { font-size: 0.875rem; font-weight: 600; line-height: 1.35; overflow-wrap: anywhere; }
.note { font-size: 0.8rem; line-height: 1.35; opacity: 0.85; overflow-wrap: anywhere; }
.wrong { color: var(--st-red-text-color); opacity: 1; }
.right { color: var(--st-green-text-color); opacity: 1; }
"""

_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".grid")
  grid.style.setProperty("--least", data.least)
  grid.style.setProperty("--lines", data.lines)
  grid.setAttribute("aria-label", data.label)
  const part = (name, text) => {
    const node = document.createElement("span")
    node.className = name
    node.dir = "auto"
    node.textContent = text
    return node
  }
  const cards = data.cards.map((card) => {
    const node = document.createElement("button")
    node.type = "button"
    node.className = "card"
    node.title = card.hover
    if (card.chosen !== null) node.setAttribute("aria-pressed", String(card.chosen))
    if (card.pictures.length) {
      const strip = document.createElement("span")
      strip.className = "pictures"
      for (const source of card.pictures) {
        const cell = document.createElement("span")
        if (source) {
          const picture = document.createElement("img")
          picture.src = source
          picture.alt = ""
          cell.append(picture)
        } else if (source === null) {
          cell.append(part("missing", "can't be shown"))
        }
        strip.append(cell)
      }
      node.append(strip)
    }
    if (card.quote) {
      const ground = document.createElement("span")
      ground.className = "quote"
      ground.append(part("said", card.quote))
      node.append(ground)
    }
    const words = document.createElement("span")
    words.className = "words"
    if (card.title) words.append(part("title", card.title))
    if (card.note) words.append(part("note " + card.tone, card.note))
    node.append(words)
    node.onclick = () => setTriggerValue("picked", card.id)
    return node
  })
  grid.replaceChildren(...cards)
}
"""

_grid = st.components.v2.component("caveat_picker", html='<div class="grid" role="group"></div>', css=_CSS, js=_JS)


@dataclass(frozen=True)
class Card:
    """One card.

    Attributes
    ----------
    id : str
        What `on_pick` is told.
    title, note, quote : str
        Plain text from anywhere; empty ones are left out.
    pictures : tuple of (bytes or None)
        JPEGs or PNGs side by side; None where a picture can't be shown, empty for an empty place.
    tone : str
        How the note is meant.
    hover : str
        The full text, where the card shortens it.
    chosen : bool or None
        Whether it is the selected one; None where cards lead elsewhere.
    """

    id: str
    title: str = ""
    note: str = ""
    quote: str = ""
    pictures: tuple[bytes | None, ...] = ()
    tone: Literal["", "wrong", "right"] = ""
    hover: str = ""
    chosen: bool | None = None


def _source(picture: bytes | None) -> str | None:
    if not picture:
        return None if picture is None else ""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def picker(
    cards: Sequence[Card], on_pick: Callable[[str], None], *, key: str, label: str, least: str = "9rem", lines: int = 4
) -> None:
    """Draw cards in a grid.

    Parameters
    ----------
    cards : sequence of Card
    on_pick : callable
        Called with the card's id before the page runs again.
    key : str
    label : str
        What the grid is, for those who don't see it.
    least : str
        The least width of a card, in CSS units.
    lines : int
        Lines that a quote may take; the rest is cut.
    """

    def picked() -> None:
        chosen = st.session_state[key].picked
        if chosen is not None and any(card.id == chosen for card in cards):
            on_pick(chosen)

    shown = [asdict(card) | {"pictures": [_source(picture) for picture in card.pictures]} for card in cards]
    _grid(key=key, data={"cards": shown, "label": label, "least": least, "lines": lines}, on_picked_change=picked)
