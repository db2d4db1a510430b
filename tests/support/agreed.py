"""Colours whose family everybody agrees on, or that may be in either of some families."""

AGREED = {
    "beige": ("#f5deb3 #c2b280 #e8dcc4 #c3b091 #d8d0c4 #f7e7ce #e4d5b7 "),
    "black": ("#000000 #0a0a0a #1a1a1a #1c1c1e #232323 "),
    "blue": (
        "#0000ff #0000cd #4169e1 #1e90ff #87ceeb #add8e6 #b0c4de #6495ed #4682b4 #5b7ea4 "
        "#3b5a80 #1560bd #4f6f94 #7a9cc0 #a3bcd8 #2a4a73 #007fff #0047ab "
    ),
    "brown": (
        "#a0785a #a0522d #8b4513 #7b3f00 #6f4e37 #5c4033 #3d2b1f #4b3621 #654321 #964b00 #704214 "
    ),
    "gold": ("#d4af37 #cfb53b #b8860b "),
    "green": (
        "#808000 #6b8e23 #556b2f #4b5320 #8a9a5b #9caf88 #228b22 #008000 #006400 #004225 "
        "#013220 #0b3d2e #50c878 #2e8b57 #98ff98 #98fb98 #32cd32 #00ff00 #7fff00 #d0f0c0 "
    ),
    "grey": ("#36454f #3b3b3b #555555 #696969 #808080 #a9a9a9 #d3d3d3 #b2beb5 #8b8589 "),
    "navy": ("#000080 #00005c #1b1f3b #14213d #202a44 #1d2951 #191970 "),
    "orange": ("#cc5500 #ffa500 #ff8c00 #f28500 "),
    "pink": (
        "#ffc0cb #ffb6c1 #ff69b4 #ff1493 #f4c2c2 #de5d83 #e75480 #fadadd #c08081 #b76e79 "
        "#db7093 #ffe4e1 "
    ),
    "purple": ("#4b0082 #800080 #6a0dad #8a2be2 #9370db #b57edc #8e4585 #3b1c32 #614051 #e0b0ff "),
    "red": (
        "#ff0000 #dc143c #c8102e #b22222 #8b0000 #800020 #722f37 #4a0404 #800000 #960018 "
        "#ff2400 #d2042d "
    ),
    "turquoise": ("#40e0d0 #30d5c8 #008080 #00ced1 #00ffff #20b2aa #004d4d #005f6a "),
    "white": ("#f5f5f5 #ffffff #fffafa #f8f8ff #faf9f6 #f5fffa "),
    "yellow": ("#ffff00 #fff44f #ffdb58 #f0e68c #fada5e "),
    "beige|brown": ("#d2b48c "),
    "beige|grey": ("#bab0a4 "),
    "beige|white": ("#faf0e6 #f5f5dc #f5f0e1 "),
    "black|grey": ("#2b2b2b "),
    "blue|white": ("#e0f0ff "),
    "brown|beige": ("#c19a6b #967969 "),
    "brown|grey": ("#483c32 "),
    "brown|orange": ("#b87333 #cb6d51 "),
    "gold|yellow": ("#daa520 "),
    "green|beige": ("#b2ac88 "),
    "green|brown": ("#3c341f "),
    "green|turquoise": ("#aaf0d1 "),
    "green|yellow": ("#bfff00 "),
    "grey|blue": ("#708090 "),
    "grey|white": ("#dcdcdc "),
    "grey|silver": ("#c0c0c0 "),
    "navy|black": ("#0a1128 "),
    "orange|beige": ("#ffe5b4 "),
    "orange|brown": ("#b7410e "),
    "orange|pink": ("#ff7f50 "),
    "orange|red": ("#ff4500 "),
    "pink|orange": ("#fa8072 "),
    "pink|purple": ("#ff00ff #c71585 "),
    "pink|red": ("#e30b5d "),
    "purple|pink": ("#c8a2c8 #d8bfd8 #dda0dd #da70d6 "),
    "red|brown": ("#a52a2a "),
    "red|orange": ("#e34234 "),
    "silver|grey": ("#c3c7cb #bcc6cc "),
    "turquoise|blue": ("#5f9ea0 #003f4f "),
    "turquoise|green": ("#7fffd4 "),
    "white|beige": ("#fffff0 "),
    "white|pink": ("#fff0f5 "),
    "yellow|beige": ("#eee8aa "),
    "yellow|gold": ("#ffd700 #e1ad01 #d4a017 "),
    "beige|white|yellow": ("#fffdd0 "),
    "grey|white|silver": ("#e5e4e2 "),
    "navy|grey|blue": ("#2c3e50 "),
    "orange|beige|pink": ("#ffcba4 #ffdab9 "),
    "orange|pink|beige": ("#fbceb1 "),
    "purple|blue|white": ("#e6e6fa "),
    "yellow|white|beige": ("#ffffe0 "),
    "orange|brown|pink|red": ("#e2725b "),
}
