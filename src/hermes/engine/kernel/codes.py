"""The small integers that stand for words inside compiled code, and the words themselves."""

# Bits of `Bars.flags`.
FIRST = 1  # first bar of a session
CLOSE_OUT = 2  # last bar of a session, under a product that may not be carried overnight
SQUARE_OFF = 4  # first bar of a session that starts at or after the square-off time
TRADABLE = 8  # has volume, or volume is not looked at
LOCKED_UP = 16  # nothing but the upper price band was traded: no seller
LOCKED_DOWN = 32  # nothing but the lower price band was traded: no buyer
FLAT = 64  # open = high = low = close: a candidate for the two above
TURNING = FIRST | CLOSE_OUT | SQUARE_OFF  # bars in which something happens whatever the prices

NO_OPINION = -128  # a null target

# Why a fill happened.
ENTRY, SIGNAL, STOP, TARGET, TRAILING, SQUARED_OFF, DAILY_LOSS, END_OF_DATA, OWN_ORDER = range(1, 10)
NO_ORDER = 0
REASONS = {
    ENTRY: "entry",
    SIGNAL: "signal",
    STOP: "stop",
    TARGET: "target",
    TRAILING: "trailing",
    SQUARED_OFF: "square_off",
    DAILY_LOSS: "daily_loss",
    END_OF_DATA: "end_of_data",
    OWN_ORDER: "order",
}

# Why an entry was refused.
REFUSED_COOLDOWN, REFUSED_SIZE, REFUSED_LIMIT, REFUSED_MONEY, REFUSED_LAPSED, REFUSED_OPEN = range(1, 7)
REFUSALS = {
    REFUSED_COOLDOWN: "cooldown",
    REFUSED_SIZE: "size_is_zero",
    REFUSED_LIMIT: "position_limit",
    REFUSED_MONEY: "insufficient_funds",
    REFUSED_LAPSED: "lapsed",
    REFUSED_OPEN: "max_open_positions",
}

# How an entry is sized.
ALL_IN, FIXED_QUANTITY, PERCENT_EQUITY, FIXED_FRACTIONAL, ATR, VOLATILITY_TARGET, KELLY = range(7)
SIZING_MODES = {
    "all_in": ALL_IN,
    "fixed_quantity": FIXED_QUANTITY,
    "percent_equity": PERCENT_EQUITY,
    "fixed_fractional": FIXED_FRACTIONAL,
    "atr": ATR,
    "volatility_target": VOLATILITY_TARGET,
    "kelly": KELLY,
}
