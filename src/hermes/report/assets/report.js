"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const Charts = window.LightweightCharts;
  const at = (id) => document.getElementById(id);
  const money = new Intl.NumberFormat("en-IN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const whole = new Intl.NumberFormat("en-IN", { maximumFractionDigits: 0 });
  const plain = new Intl.NumberFormat("en-IN", { maximumFractionDigits: 2 });
  const two = (n) => String(n).padStart(2, "0");

  // Times arrive shifted to IST, so their UTC parts are IST parts.
  const day = (t) => {
    const d = new Date(t * 1000);
    return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
  };
  const stamp = (t, daily) => {
    const d = new Date(t * 1000);
    return daily ? day(t) : `${day(t)} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  };
  const midnight = (t) => t - (t % 86400);
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  // Colours live in the style sheet; a probe resolves them for the canvas in the theme of the moment.
  const probe = element("span");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const faded = (name, share) => colour(name).replace(/^rgb\((.*)\)$/, `rgba($1, ${share})`);
  const lineColours = () => {
    const dark = isDark();
    return dark
      ? ["#6ea8ff", "#f3b55b", "#c792ea", "#5ed3c6", "#ff8fab", "#a3d977"]
      : ["#1f5fd6", "#c77400", "#8a3ffc", "#00857a", "#d12771", "#4d7c0f"];
  };
  const isDark = () => {
    const chosen = document.documentElement.style.colorScheme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };

  // What the price chart shows at the moment: one symbol of data.charts.
  let shown, times, paneNames, byCandle;
  const points = (axis, values) =>
    axis.map((time, k) => (values[k] === null ? { time } : { time, value: values[k] }));
  const common = () => ({
    autoSize: true,
    layout: {
      background: { type: "solid", color: "transparent" },
      textColor: colour("dim"),
      fontSize: 11,
      panes: { separatorColor: colour("line"), separatorHoverColor: colour("grid"), enableResize: true },
    },
    grid: { vertLines: { color: colour("grid") }, horzLines: { color: colour("grid") } },
    rightPriceScale: { borderColor: colour("line"), minimumWidth: 84 },
    localization: { locale: "en-IN" },
  });

  // ---- price, volume, indicators, fills
  let priceChart, candleSeries, drawn, markers;
  const take = (chart) => {
    shown = chart;
    times = shown.candles.time.map((t) => (shown.daily ? midnight(t) : t));
    paneNames = [...new Set(shown.indicators.map((each) => each.pane).filter((pane) => pane !== "price"))];
    byCandle = new Map();
    for (const mark of shown.marks) byCandle.set(mark[0], [...(byCandle.get(mark[0]) || []), mark]);
    at("price").style.height = `${420 + paneNames.length * 120}px`;
    at("chart-note").textContent = shown.note;
  };

  const drawPrice = (keepRange = true) => {
    const own = paneNames.length;
    const marks = shown.marks;
    const range = priceChart && keepRange ? priceChart.timeScale().getVisibleLogicalRange() : null;
    if (priceChart) priceChart.remove();
    priceChart = Charts.createChart(at("price"), {
      ...common(),
      timeScale: { borderColor: colour("line"), timeVisible: !shown.daily, secondsVisible: false, minBarSpacing: 0.02 },
      crosshair: { mode: 0 },
    });
    priceChart.applyOptions({ localization: { timeFormatter: (t) => stamp(t, shown.daily) } });
    candleSeries = priceChart.addSeries(Charts.CandlestickSeries, {
      upColor: colour("gain"), downColor: colour("loss"), borderVisible: false,
      wickUpColor: colour("gain"), wickDownColor: colour("loss"), priceLineVisible: false,
      priceFormat: { type: "custom", minMove: 0.01, formatter: (v) => money.format(v) },
    });
    const c = shown.candles;
    candleSeries.setData(times.map((time, k) => ({ time, open: c.open[k], high: c.high[k], low: c.low[k], close: c.close[k] })));
    const anyVolume = c.volume.some((v) => v > 0);
    candleSeries.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: anyVolume ? 0.22 : 0.06 } });
    if (anyVolume) {
      const volume = priceChart.addSeries(Charts.HistogramSeries, {
        priceScaleId: "volume", priceLineVisible: false, lastValueVisible: false,
        priceFormat: { type: "volume" },
      });
      volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
      const up = faded("gain", 0.35), down = faded("loss", 0.35);
      volume.setData(times.map((time, k) => ({ time, value: c.volume[k], color: c.close[k] >= c.open[k] ? up : down })));
    }
    const palette = lineColours();
    drawn = shown.indicators.map((each, k) => {
      const pane = each.pane === "price" ? 0 : 1 + paneNames.indexOf(each.pane);
      const tint = palette[k % palette.length];
      const shared = { color: tint, priceLineVisible: false, lastValueVisible: each.pane !== "price", title: "",
        priceFormat: { type: "custom", minMove: 0.01, formatter: (v) => plain.format(v) } };
      let series;
      if (each.style === "histogram") {
        series = priceChart.addSeries(Charts.HistogramSeries, { ...shared, color: tint.replace(/^#(..)(..)(..)$/, "#$1$2$399"), base: 0 }, pane);
      } else {
        series = priceChart.addSeries(Charts.LineSeries, {
          ...shared, lineWidth: 1.5, crosshairMarkerVisible: false, lineType: each.timeframe ? Charts.LineType.WithSteps : Charts.LineType.Simple,
          lineVisible: each.style !== "points", pointMarkersVisible: each.style === "points",
        }, pane);
      }
      series.setData(points(times, each.values));
      for (const guide of each.guides) {
        series.createPriceLine({ price: guide, color: colour("dim"), lineWidth: 1, lineStyle: 2, axisLabelVisible: false, title: "" });
      }
      return { ...each, tint, series };
    });
    const panes = priceChart.panes();
    panes[0].setStretchFactor(own ? 3.4 : 1);
    for (const pane of panes.slice(1)) pane.setStretchFactor(1);
    markers = Charts.createSeriesMarkers(candleSeries, marks.map(([k, side, price]) => ({
      time: times[k], price, position: side > 0 ? "atPriceBottom" : "atPriceTop",
      shape: side > 0 ? "arrowUp" : "arrowDown", color: side > 0 ? colour("buy") : colour("sell"), size: 1.6,
    })));
    priceChart.subscribeCrosshairMove((move) => {
      const k = move.logical === undefined || move.logical === null ? times.length - 1 : Math.round(move.logical);
      legend(Math.max(0, Math.min(times.length - 1, k)));
    });
    if (range) priceChart.timeScale().setVisibleLogicalRange(range);
    else showLast(300);
    legend(times.length - 1);
  };

  const legend = (k) => {
    const parts = [];
    const c = shown.candles;
    const add = (name, value, tint) => {
      const span = element("span");
      if (tint) {
        const swatch = element("i");
        swatch.style.background = tint;
        span.append(swatch);
      }
      span.append(`${name} `, element("b", value));
      parts.push(span);
    };
    if (times.length) {
      add(stamp(c.time[k], shown.daily), "");
      for (const [name, key] of [["O", "open"], ["H", "high"], ["L", "low"], ["C", "close"]]) add(name, money.format(c[key][k]));
      if (c.volume[k]) add("Vol", whole.format(c.volume[k]));
      for (const each of drawn) {
        const label = each.timeframe ? `${each.name} (${each.timeframe})` : each.name;
        add(label, each.values[k] === null ? "–" : plain.format(each.values[k]), each.tint);
      }
      for (const [, side, price, quantity, reason] of (byCandle.get(k) || []).slice(0, 4)) {
        add(side > 0 ? "Bought" : "Sold", `${plain.format(quantity)} at ${money.format(price)} (${reason.replaceAll("_", " ")})`, colour(side > 0 ? "buy" : "sell"));
      }
    }
    at("legend").replaceChildren(...parts);
  };
  const showLast = (bars) => {
    const n = times.length;
    if (!bars || bars >= n) priceChart.timeScale().setVisibleLogicalRange({ from: -0.5, to: n - 0.5 + Math.max(2, n * 0.01) });
    else priceChart.timeScale().setVisibleLogicalRange({ from: n - bars, to: n + bars * 0.03 });
  };
  const candleAt = (t) => {
    let low = 0, high = times.length;
    const sought = shown.daily ? midnight(t) : t;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= sought) low = middle + 1; else high = middle;
    }
    return Math.max(0, low - 1);
  };
  const showSpan = (first, last) => {
    const a = candleAt(first), b = candleAt(last);
    const room = Math.max(30, (b - a) * 0.35);
    priceChart.timeScale().setVisibleLogicalRange({ from: a - room, to: b + room });
    legend(b);
  };

  // ---- equity and drawdown
  let equityChart;
  const equity = data.equity;
  at("equity").style.height = "360px";
  const drawEquity = () => {
    const had = equityChart ? equityChart.timeScale().getVisibleLogicalRange() : null;
    if (equityChart) equityChart.remove();
    equityChart = Charts.createChart(at("equity"), {
      ...common(),
      timeScale: { borderColor: colour("line"), timeVisible: !equity.daily, secondsVisible: false, minBarSpacing: 0.02 },
      crosshair: { mode: 0 },
    });
    // The logo stands on the price chart already, and in the footer in words.
    equityChart.applyOptions({ layout: { attributionLogo: false }, localization: { timeFormatter: (t) => stamp(t, equity.daily) } });
    const rupees = { type: "custom", minMove: 0.01, formatter: (v) => `₹${whole.format(v)}` };
    const axis = equity.time.map((t) => (equity.daily ? midnight(t) : t));
    if (equity.hold) {
      const hold = equityChart.addSeries(Charts.LineSeries, {
        color: colour("dim"), lineWidth: 1, lineStyle: 0, priceLineVisible: false, lastValueVisible: false, priceFormat: rupees, crosshairMarkerVisible: false,
      });
      hold.setData(points(axis, equity.hold));
    }
    const account = equityChart.addSeries(Charts.AreaSeries, {
      lineColor: colour("accent"), topColor: faded("accent", 0.28), bottomColor: faded("accent", 0.02), lineWidth: 2,
      priceLineVisible: false, priceFormat: rupees,
    });
    account.setData(points(axis, equity.equity));
    const drawdown = equityChart.addSeries(Charts.BaselineSeries, {
      baseValue: { type: "price", price: 0 }, topLineColor: colour("loss"), topFillColor1: "transparent", topFillColor2: "transparent",
      bottomLineColor: colour("loss"), bottomFillColor1: faded("loss", 0.08), bottomFillColor2: faded("loss", 0.35), lineWidth: 1,
      priceLineVisible: false, priceFormat: { type: "custom", minMove: 0.01, formatter: (v) => `${v.toFixed(1)}%` },
    }, 1);
    drawdown.setData(points(axis, equity.drawdown));
    equityChart.panes()[0].setStretchFactor(2.4);
    equityChart.panes()[1].setStretchFactor(1);
    const tell = (k) => {
      if (!axis.length) return;
      const row = [];
      for (const [name, value, tint] of [
        [stamp(equity.time[k], equity.daily), "", null],
        ["Equity", `₹${money.format(equity.equity[k])}`, colour("accent")],
        ...(equity.hold ? [["Buy and hold", `₹${money.format(equity.hold[k])}`, colour("dim")]] : []),
        ["Drawdown", `${equity.drawdown[k].toFixed(2)}%`, colour("loss")],
      ]) {
        const span = element("span");
        if (tint) { const swatch = element("i"); swatch.style.background = tint; span.append(swatch); }
        span.append(`${name} `, element("b", value));
        row.push(span);
      }
      at("equity-legend").replaceChildren(...row);
    };
    equityChart.subscribeCrosshairMove((move) => {
      const k = move.logical === undefined || move.logical === null ? axis.length - 1 : Math.round(move.logical);
      tell(Math.max(0, Math.min(axis.length - 1, k)));
    });
    equityChart.subscribeClick((click) => {
      if (click.time !== undefined) showSpan(click.time, equity.daily ? click.time + 86399 : click.time);
    });
    if (had) equityChart.timeScale().setVisibleLogicalRange(had);
    else equityChart.timeScale().fitContent();
    tell(axis.length - 1);
  };

  // ---- tables: 25 rows a page, sorted by a click on a heading
  // A column is [label, key, text of row k, is a number, has a sign that is good or bad news].
  const size = 25;
  const listing = (table, pager, values, columns, sortedBy, go) => {
    const count = values[sortedBy].length;
    const order = [...Array(count).keys()];
    let page = 0, sorted = sortedBy, falling = false;
    const last = (value) => value === null || value === "";
    const sort = () => order.sort((a, b) => {
      const x = values[sorted][a], y = values[sorted][b];
      if (last(x) || last(y)) return last(x) - last(y) || a - b;
      return (x < y ? -1 : x > y ? 1 : 0) * (falling ? -1 : 1) || a - b;
    });
    const drawTable = () => {
      const head = element("tr");
      for (const [label, key, , isNumber] of columns) {
        const cell = element("th", undefined, isNumber ? "number" : "");
        cell.scope = "col";
        const button = element("button", label + (key === sorted ? (falling ? " ↓" : " ↑") : ""));
        button.type = "button";
        button.addEventListener("click", () => {
          falling = key === sorted ? !falling : false;
          sorted = key;
          page = 0;
          sort();
          drawTable();
        });
        cell.setAttribute("aria-sort", key === sorted ? (falling ? "descending" : "ascending") : "none");
        cell.append(button);
        head.append(cell);
      }
      table.tHead.replaceChildren(head);
      const rows = order.slice(page * size, (page + 1) * size).map((k) => {
        const row = element("tr");
        for (const [, key, text, isNumber, isSigned] of columns) {
          const tint = isSigned ? (values[key][k] > 0 ? " gain" : values[key][k] < 0 ? " loss" : "") : "";
          row.append(element("td", text(k), (isNumber ? "number" : "") + tint));
        }
        if (charted.has(values.symbol[k])) {
          row.tabIndex = 0;
          const show = () => { go(k); at("price").scrollIntoView({ block: "center", behavior: "smooth" }); };
          row.addEventListener("click", show);
          row.addEventListener("keydown", (event) => { if (event.key === "Enter") show(); });
        }
        return row;
      });
      table.tBodies[0].replaceChildren(...rows);
      const pages = Math.max(1, Math.ceil(count / size));
      const turn = (label, name, to) => {
        const button = element("button", label);
        button.type = "button";
        button.setAttribute("aria-label", name);
        button.disabled = to < 0 || to >= pages;
        button.addEventListener("click", () => { page = to; drawTable(); });
        return button;
      };
      const place = () => element("span", `${page + 1} / ${pages}`, "note");
      pager.replaceChildren(...(pages > 1 ? [turn("←", "Previous page", page - 1), place(), turn("→", "Next page", page + 1)] : []));
    };
    drawTable();
  };
  const signed = (value, text) => `${value > 0 ? "+" : ""}${text}`;
  const known = (value, text) => (value === null ? "" : text(value));
  const charted = new Map(data.charts.map((chart) => [chart.symbol, chart]));
  const symbolColumn = (values) => (data.several ? [["Symbol", "symbol", (k) => values.symbol[k]]] : []);

  // ---- trades
  const t = data.trades;
  let current = -1;
  const showTrade = (k) => {
    choose(t.symbol[k]);
    current = k;
    showSpan(t.entry[k], t.exit[k]);
  };
  const tradeColumns = [
    ...symbolColumn(t),
    ["Entry (IST)", "entry", (k) => stamp(t.entry[k], data.daily)],
    ["Exit (IST)", "exit", (k) => stamp(t.exit[k], data.daily)],
    ["Side", "side", (k) => t.side[k]],
    ["Quantity", "quantity", (k) => plain.format(t.quantity[k]), true],
    ["In", "in", (k) => money.format(t.in[k]), true],
    ["Out", "out", (k) => money.format(t.out[k]), true],
    ["Charges", "charges", (k) => money.format(t.charges[k]), true],
    ["Net", "net", (k) => signed(t.net[k], money.format(t.net[k])), true, true],
    ["Return", "return", (k) => signed(t.return[k], `${t.return[k].toFixed(2)}%`), true, true],
    ["Bars", "bars", (k) => whole.format(t.bars[k]), true],
    ["Why out", "reason", (k) => t.reason[k]],
  ];

  // ---- own orders
  const o = data.orders;
  const price = (key) => (k) => known(o[key][k], (v) => money.format(v));
  const any = (key) => o[key].some((value) => value !== null && value !== "");
  const orderColumns = [
    ["No.", "id", (k) => String(o.id[k]), true],
    ...symbolColumn(o),
    ["Sent (IST)", "sent", (k) => known(o.sent[k], (v) => stamp(v, data.daily))],
    ["Side", "side", (k) => o.side[k]],
    ["Type", "type", (k) => o.type[k]],
    ["Quantity", "quantity", (k) => known(o.quantity[k], (v) => plain.format(v)), true],
    ["Limit", "limit", price("limit"), true],
    ["Trigger", "trigger", price("trigger"), true],
    ["Trail", "trail", (k) => known(o.trail[k], (v) => `${plain.format(v)}%`), true],
    ["Tag", "tag", (k) => o.tag[k]],
    ["Status", "status", (k) => o.status[k]],
    ["Filled", "filled", (k) => known(o.filled[k], (v) => plain.format(v)), true],
    ["Average", "price", price("price"), true],
    ["Reason", "reason", (k) => o.reason[k]],
  ].filter(([, key]) => !["limit", "trigger", "trail", "tag", "reason"].includes(key) || any(key));
  const showOrder = (k) => {
    choose(o.symbol[k]);
    if (o.sent[k] !== null) showSpan(o.sent[k], o.sent[k]);
  };

  // ---- the symbol on the chart
  const picker = at("symbol");
  const choose = (symbol) => {
    if (symbol === shown.symbol || !charted.has(symbol)) return;
    take(charted.get(symbol));
    picker.value = symbol;
    current = -1;
    drawPrice(false);
  };
  for (const chart of data.charts) picker.append(element("option", chart.symbol));
  picker.hidden = data.charts.length < 2;
  picker.addEventListener("change", () => choose(picker.value));

  for (const button of at("ranges").querySelectorAll("button")) {
    button.addEventListener("click", () => {
      if (button.dataset.bars !== undefined) { showLast(Number(button.dataset.bars)); return; }
      const own = [...t.entry.keys()].filter((k) => t.symbol[k] === shown.symbol);
      if (!own.length) return;
      const step = Number(button.dataset.trade), place = own.indexOf(current);
      showTrade(own[place < 0 ? (step > 0 ? 0 : own.length - 1) : (place + step + own.length) % own.length]);
    });
  }

  const keep = "hermes-report-theme";
  const draw = () => { drawPrice(); drawEquity(); };
  at("theme").addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.style.colorScheme = next;
    try { localStorage.setItem(keep, next); } catch { /* a file opened without storage: the choice lasts for this view */ }
    draw();
  });
  try {
    const kept = localStorage.getItem(keep);
    if (kept === "dark" || kept === "light") document.documentElement.style.colorScheme = kept;
  } catch { /* as above */ }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
  take(data.charts[0]);
  draw();
  listing(at("trades"), at("pages"), t, tradeColumns, "entry", showTrade);
  if (o.id.length) listing(at("orders"), at("order-pages"), o, orderColumns, "id", showOrder);
})();
