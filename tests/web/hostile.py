"""Bodies that are not what they should be."""

BODIES = {
    "nothing": b"",
    "a space": b" ",
    "no JSON": b"life_event=bereavement",
    "half": b'{"life_event": "bereave',
    "two": b"{}{}",
    "not UTF-8": b'{"life_event": "\xff\xfe"}',
    "UTF-16": '{"life_event": "bereavement"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "bare NUL": b'{"life_event": "\x00"}',
    "lone surrogate": rb'{"life_event": "\ud800"}',
    "lone surrogate in a key": rb'{"facts": {"\udfff": 1}}',
    "lists nested deep": b"[" * 100_000,
    "objects nested deep": b'{"a":' * 40_000,
    "deep and closed": b"[" * 1_000 + b"]" * 1_000,
    "not a number": b'{"facts": NaN}',
    "infinity": b'{"facts": -Infinity}',
    "a name twice": b'{"life_event": "bereavement", "life_event": "birth"}',
    "a name twice inside": b'{"facts": {"deceased": {"family_name": "A", "family\\u005fname": "B"}}}',
}
"""Each is refused as a whole."""

ODD_BUT_JSON = {
    "a long number": b"1" * 100_000,
    "a great number": b"1e400",
    "a long number inside": b'{"facts": ' + b"9" * 100_000 + b"}",
    "a great number inside": b'{"facts": {"deceased": {"family_name": 1e999}}}',
    "text": b'"bereavement"',
    "nothing known": b"null",
    "a list": b"[1, 2]",
    "an empty object": b"{}",
    "a long key": b'{"' + b"x" * 100_000 + b'": 1}',
    "nested within bounds": b'{"facts": ' + b'{"a":' * 150 + b"1" + b"}" * 151,
}
"""Each is JSON, and refused for what it says."""
