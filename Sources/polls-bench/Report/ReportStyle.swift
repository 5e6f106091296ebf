import Markup

/// The report's look: light and dark as the reader's system has it, and black on white on paper. Charts side by side stand
/// at the same height, whatever their captions need: their rows are the grid's.
enum ReportStyle {
    static let css: HTML = """

        :root {
          --paper: #fbfaf7; --card: #ffffff; --ink: #1d2129; --soft: #5b6270; --line: #e3e0d8; --grid: #ece9e1;
          --schema: #0b6e8f; --database: #b85c00; --container: #7a3e9d; --good: #1b7a43; --bad: #b3261e;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            --paper: #14161a; --card: #1c1f25; --ink: #e8e6e1; --soft: #a0a6b2; --line: #2e323b; --grid: #282c34;
            --schema: #58bfe0; --database: #f2a65a; --container: #c79be6; --good: #6fd39a; --bad: #ff8a80;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
        main { max-width: 1160px; margin: 0 auto; padding: 56px 28px 72px; }
        header { border-bottom: 1px solid var(--line); padding-bottom: 28px; }
        .kicker { margin: 0; color: var(--soft); font-size: 13px; letter-spacing: .08em; text-transform: uppercase; }
        h1 { margin: 4px 0 8px; font-size: clamp(30px, 5vw, 44px); line-height: 1.1; letter-spacing: -.02em; font-weight: 680; }
        h2 { margin: 52px 0 18px; font-size: 24px; line-height: 1.2; letter-spacing: -.01em; font-weight: 650; }
        h3 { margin: 0; font-size: 16.5px; line-height: 1.3; font-weight: 650; }
        p { margin: 0 0 12px; max-width: 74ch; }
        .lead { font-size: 19px; line-height: 1.45; margin-bottom: 14px; }
        .facts { color: var(--soft); font-size: 14px; max-width: none; }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 6px 28px; margin: 18px 0 0; padding: 0; font-size: 14.5px; }
        .legend li { display: flex; align-items: center; gap: 8px; }
        .legend svg { width: 16px; height: 16px; flex: none; }
        .legend b { color: var(--own); }
        .schema { --own: var(--schema); } .database { --own: var(--database); } .container { --own: var(--container); }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 18px; }
        .card { background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--own); border-radius: 8px; padding: 18px 20px 14px; }
        .card h3 { color: var(--own); font-size: 18px; margin-bottom: 8px; }
        dl { margin: 0; }
        .card dl > div { display: flex; justify-content: space-between; align-items: baseline; gap: 14px; padding: 7px 0; border-top: 1px solid var(--grid); }
        .card dl > div:first-child { border-top: 0; }
        dt { color: var(--soft); font-size: 14px; }
        dd { margin: 0; font-variant-numeric: tabular-nums; }
        .card dd { font-weight: 640; font-size: 17px; white-space: nowrap; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 22px; }
        figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 20px 22px 16px; min-width: 0;
          display: grid; grid-template-columns: minmax(0, 1fr); grid-row: span 3; grid-template-rows: subgrid; row-gap: 0; }
        figcaption p { margin: 4px 0 12px; color: var(--soft); font-size: 14px; line-height: 1.45; }
        figure svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { font-family: inherit; }
        .grid { stroke: var(--grid); stroke-width: 1; }
        .tick, .name { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
        .line { fill: none; stroke: var(--own); stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
        .line.dashed { stroke-width: 1.6; stroke-dasharray: 3 4; }
        .mark { fill: var(--own); stroke: var(--card); stroke-width: 1.2; }
        .label { fill: var(--own); font-size: 13px; font-weight: 640; paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
        .bar { fill: var(--own); } .bar.quiet { opacity: .42; }
        .bar-label { fill: var(--ink); font-size: 13.5px; } .bar-value { fill: var(--ink); font-size: 13.5px; font-variant-numeric: tabular-nums; }
        .scroll { overflow-x: auto; margin-top: 14px; }
        table { width: 100%; border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
        figure.span { grid-column: 1 / -1; }
        table.wide { min-width: 600px; font-size: 15px; background: var(--card); border: 1px solid var(--line); }
        th, td { padding: 6px 8px; text-align: left; border-top: 1px solid var(--grid); font-weight: 400; }
        table.wide th, table.wide td { padding: 9px 14px; }
        thead th { color: var(--soft); border-top: 0; font-size: 12.5px; vertical-align: bottom; }
        tbody th { white-space: nowrap; } table.wide tbody th { white-space: normal; }
        tbody th.schema, tbody th.database, tbody th.container { color: var(--own); font-weight: 640; }
        tbody th span { color: var(--soft); font-weight: 400; }
        .number { text-align: right; white-space: nowrap; } thead .number { white-space: normal; }
        .holds { color: var(--good); font-weight: 640; white-space: nowrap; }
        .missed { color: var(--bad); font-weight: 640; white-space: nowrap; }
        .unknown { color: var(--soft); white-space: nowrap; }
        a { color: inherit; }
        .warning { margin-top: 16px; border-left: 4px solid var(--bad); padding: 6px 12px; font-weight: 640; }
        .method h3 { margin: 18px 0 6px; }
        .method ul { margin: 0 0 14px; padding-left: 20px; }
        .machine { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 10px 24px; margin-top: 18px; border-top: 1px solid var(--line); padding-top: 16px; font-size: 14.5px; }
        @media print {
          @page { size: A4; margin: 13mm; }
          :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --grid: #ddd; }
          body { font-size: 10pt; } main { max-width: none; padding: 0; } header { padding-bottom: 10pt; }
          h1 { font-size: 24pt; } h2 { font-size: 14pt; margin: 14pt 0 7pt; break-after: avoid; }
          .lead { font-size: 12pt; margin-bottom: 6pt; } .facts { font-size: 8.5pt; margin-bottom: 6pt; }
          .legend { font-size: 9.5pt; margin-top: 6pt; gap: 2pt 18pt; } .warning { margin: 8pt 0 0; padding: 2pt 8pt; }
          .cards { grid-template-columns: repeat(3, 1fr); gap: 8pt; } .card { padding: 7pt 9pt 5pt; } .card dd { font-size: 10.5pt; }
          dt { font-size: 8pt; } .card h3 { font-size: 12pt; margin-bottom: 3pt; } .card dl > div { padding: 2.5pt 0; }
          .charts { grid-template-columns: 1fr 1fr; gap: 8pt; } figure { padding: 8pt 10pt 6pt; } figure svg { max-height: 38mm; }
          figure, .card, tr { break-inside: avoid; } .scroll { overflow: visible; }
          h3 { font-size: 10pt; } figcaption p { font-size: 7.5pt; margin: 2pt 0 5pt; line-height: 1.35; } .scroll { margin-top: 4pt; }
          table { font-size: 6.8pt; } th, td { padding: 1.5pt 2.5pt; } thead th { font-size: 6.8pt; } .number { letter-spacing: -.01em; }
          table.wide { font-size: 8.5pt; min-width: 0; } table.wide th, table.wide td { padding: 2.8pt 6pt; } table.wide td { white-space: nowrap; }
          .method p { font-size: 9pt; max-width: none; margin-bottom: 6pt; } .method li { font-size: 8.5pt; }
          .machine { grid-template-columns: repeat(3, 1fr); gap: 4pt 16pt; margin-top: 8pt; padding-top: 8pt; font-size: 8.5pt; }
          * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
        }

        """
}
