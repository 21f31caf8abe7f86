"""Keeping the keys that a person has chosen, so that they follow them from browser to browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from labeling.models import KeyBindings
from labeling.services.refusals import Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import User

KEY_SETS = ("repick", "desktop")
ACTION = re.compile(r"[a-z_0-9]{1,32}")
MOST_KEYS = 200
LONGEST_KEY = 24  # such as ⇧MediaTrackPrevious


def key_bindings_of(*, user: User) -> KeyBindings:
    """What is stored, or the first set as it comes."""
    return KeyBindings.objects.filter(user=user).first() or KeyBindings(user=user, key_set=KEY_SETS[0])


def keep_key_bindings(*, user: User, key_set: str, keys: dict[str, Any]) -> KeyBindings:
    """Takes the place of what was stored. keys: by set and action, as the browser names keys, with ⇧ before those with a name."""
    if key_set not in KEY_SETS:
        raise Refused("invalid", f"{key_set!r} is no set of keys. Take one of: {', '.join(KEY_SETS)}.", fields={"set": ["Unknown."]})
    for name, own in keys.items():
        if name not in KEY_SETS or not isinstance(own, dict):
            raise Refused("invalid", "keys should be an object by set and action.", fields={"keys": ["By set and action, one key."]})
        _check_own(own)
    return KeyBindings.objects.update_or_create(user=user, defaults={"key_set": key_set, "keys": keys})[0]


def _check_own(own: dict[str, Any]) -> None:
    if len(own) > MOST_KEYS:
        raise Refused("too_many", f"At most {MOST_KEYS} keys can be one's own; these are {len(own)}.", fields={"keys": ["Too many."]})
    given: dict[str, str] = {}
    for action, key in own.items():
        if not ACTION.fullmatch(action) or not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
            raise Refused("invalid", f"{action!r}: {key!r} is no action with its key.", fields={"keys": ["By set and action, one key."]})
        if key in given:
            raise Refused("key_taken", f"{key!r} can't be both {given[key]} and {action}.", fields={"keys": ["One action a key."]})
        given[key] = action
