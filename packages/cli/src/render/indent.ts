export const indent = (lines: readonly string[], by = 2): string[] => lines.map((line) => ' '.repeat(by) + line);
