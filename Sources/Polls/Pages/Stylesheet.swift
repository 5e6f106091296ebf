import Crypto
import FoundationEssentials
import Markup

/// How all pages look: light and dark as the reader's system has it, on a telephone and on paper.
enum Stylesheet {
    static let css: HTML = """

        :root {
          color-scheme: light dark;
          --paper: #faf9f6; --card: #ffffff; --ink: #20242b; --soft: #5d6470; --line: #dfdcd3;
          --accent: #17695b; --on-accent: #ffffff; --tint: #e4efec; --bar: #8fbfb4; --bad: #a8261c;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #15171b; --card: #1e2126; --ink: #e9e7e2; --soft: #a3a9b4; --line: #343942;
            --accent: #74cbb9; --on-accent: #10211d; --tint: #21322f; --bar: #3a7a6e; --bad: #ff9d92;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scrollbar-gutter: stable; }
        body { margin: 0 auto; max-width: 44rem; padding: 0 1.25rem 4rem; background: var(--paper); color: var(--ink);
          font: 1.0625rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
          overflow-wrap: anywhere; }
        a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: .06em; }
        a:hover { text-decoration-thickness: .12em; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        a:focus-visible { border-radius: .25rem; }
        header { padding: 1.1rem 0; border-bottom: 1px solid var(--line); }
        header a { color: var(--soft); text-decoration: none; }
        header a:hover { text-decoration: underline; }
        header b { color: var(--ink); font-weight: 650; }
        main { padding-top: 2.25rem; }
        h1 { margin: 0 0 .5rem; font-size: clamp(1.6rem, 5vw, 2.1rem); line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
        h1 + form { margin-top: 1.6rem; }
        h2 { margin: 0 0 1rem; font-size: 1.3rem; line-height: 1.25; font-weight: 650; }
        p { margin: 0 0 1rem; }
        .soft, time, .hint { color: var(--soft); font-size: .9375rem; }
        .title { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 1.5rem; margin-bottom: 1rem; }
        .ways, nav { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; margin: 1.75rem 0 0; }
        nav .next { margin-left: auto; }
        .polls { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
        .polls li { display: flex; justify-content: space-between; align-items: baseline; gap: 1.25rem; border-bottom: 1px solid var(--line); }
        .polls a { flex: 1; min-width: 0; padding: .8rem 0; font-weight: 600; text-decoration: none; }
        .polls a:hover { text-decoration: underline; }
        .polls time { flex: none; }
        section { margin-top: 3.5rem; }
        fieldset { margin: 1.75rem 0 0; padding: 0; border: 0; min-width: 0; }
        legend { padding: 0; margin-bottom: .6rem; color: var(--soft); font-size: .9375rem; }
        button { font: inherit; cursor: pointer; }
        .ballot button { display: flex; width: 100%; min-height: 3.4rem; margin: 0 0 .6rem; padding: .7rem 1.1rem; align-items: center; justify-content: space-between; gap: 1.25rem;
          text-align: start; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
        .ballot button span:first-child { min-width: 0; }
        .ballot button:hover { background: var(--tint); border-color: var(--accent); }
        .ballot button:active { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
        .ballot button:active .act { color: inherit; }
        .act { flex: none; color: var(--accent); font-weight: 600; }
        table { width: 100%; margin-top: 1.25rem; border-collapse: collapse; }
        caption { padding-bottom: .75rem; text-align: start; color: var(--soft); }
        thead th { padding: .35rem 0; color: var(--soft); font-size: .875rem; font-weight: 400; }
        th { text-align: start; font-weight: 500; }
        tbody th, tbody td { padding: .8rem 0 .9rem; border-top: 1px solid var(--line); vertical-align: top; }
        td, thead th:nth-child(n+2) { padding-left: 1rem; text-align: end; white-space: nowrap; }
        tbody td { padding-left: 1rem; font-variant-numeric: tabular-nums; }
        td:last-child, th:last-child { width: 5rem; }
        td:nth-child(2), th:nth-child(2) { width: 6rem; }
        .most th, .most td { font-weight: 680; }
        svg { display: block; width: 100%; height: .6rem; margin-top: .5rem; border-radius: .3rem; background: var(--tint); }
        rect { fill: var(--bar); }
        .most rect { fill: var(--accent); }
        .field { margin-bottom: 1.4rem; }
        label { display: block; font-weight: 600; }
        .hint { margin: 0; }
        .fault { margin: .25rem 0; color: var(--bad); font-weight: 600; }
        input, textarea { display: block; width: 100%; margin-top: .4rem; padding: .65rem .8rem; font: inherit; color: inherit;
          background: var(--card); border: 1px solid var(--soft); border-radius: .45rem; }
        textarea { resize: vertical; }
        [aria-invalid] { border: 2px solid var(--bad); }
        .main { min-height: 2.9rem; padding: .6rem 1.4rem; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: .45rem; font-weight: 600; }
        .main:hover { filter: brightness(1.1); }
        @media (max-width: 30rem) {
          .polls li { display: block; padding: .7rem 0; }
          .polls a { display: block; padding: 0; }
          td:nth-child(2), th:nth-child(2) { width: 4rem; }
          td:last-child, th:last-child { width: 4.4rem; }
        }
        @media print { .ways, nav, section, .title a { display: none; } }

        """

    /// What the policy of a page's content names it by (CSP Level 3, section 6.7.4).
    static let hash = "sha256-" + Data(SHA256.hash(data: Data(css.text.utf8))).base64EncodedString()
}
