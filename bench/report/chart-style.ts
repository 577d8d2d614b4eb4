/** Colours of all charts. Each has a ground of its own, so that it reads well whatever the page around it takes for light or dark. */
export const chartStyle = [
  '<style>.card{fill:#fff}text{fill:#24292f}.note{fill:#57606a}.bar{fill:#1a7f64}.over{fill:#bc4c00}.one{stroke:#8c959f}',
  '.grid{stroke:#d8dee4}.ours{stroke:#1a7f64}.theirs{stroke:#8250df}.line{fill:none;stroke-width:2}',
  '@media(prefers-color-scheme:dark){.card{fill:#0d1117}text{fill:#e6edf3}.note{fill:#9198a1}.bar{fill:#3fb68b}.over{fill:#f0883e}',
  '.grid{stroke:#30363d}.ours{stroke:#3fb68b}.theirs{stroke:#a371f7}}</style>',
].join('\n');

export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
