/**
 * Text as LaTeX that pdflatex compiles as it is: its own letters are escaped; Greek letters, signs, superscripts and
 * subscripts become mathematics; accented Latin letters stay, since LaTeX reads them; what it has no letter for is told
 * by its number.
 */
const own: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "[": "{[}", // at the beginning of a row it would be an argument of the row before
  "]": "{]}",
  "*": "{*}",
  "–": "--",
  "—": "---",
  "…": "\\dots{}",
  "’": "'",
  "‘": "`",
  "“": "``",
  "”": "''",
  '"': "''",
  "„": ",,",
  "\u00a0": "~",
  "\u202f": "\\,",
  "\u2009": "\\,",
};

/** Signs of mathematics; each is a word of LaTeX. */
const signs: Readonly<Record<string, string>> = {
  "<": "<", ">": ">", "|": "|", "±": "\\pm", "∓": "\\mp", "−": "-", "×": "\\times", "·": "\\cdot", "÷": "\\div", "∗": "\\ast", "∘": "\\circ",
  "≤": "\\le", "≥": "\\ge", "≠": "\\ne", "≈": "\\approx", "≡": "\\equiv", "∼": "\\sim", "∝": "\\propto", "≪": "\\ll", "≫": "\\gg",
  "→": "\\to", "←": "\\leftarrow", "↔": "\\leftrightarrow", "⇒": "\\Rightarrow", "∞": "\\infty", "∂": "\\partial", "∇": "\\nabla", "√": "\\surd",
  "∑": "\\sum", "∏": "\\prod", "∫": "\\int", "∈": "\\in", "∉": "\\notin", "∪": "\\cup", "∩": "\\cap", "∥": "\\|", "⟨": "\\langle", "⟩": "\\rangle",
  "ℓ": "\\ell", "ℏ": "\\hbar", "°": "^{\\circ}", "′": "'", "″": "''", "µ": "\\mu", "¬": "\\neg", "Δ": "\\Delta", "∆": "\\Delta", "Ω": "\\Omega",
}; // prettier-ignore

const greek: Readonly<Record<string, string>> = {
  α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "varepsilon", ϵ: "epsilon", ζ: "zeta", η: "eta", θ: "theta", ϑ: "vartheta", ι: "iota", κ: "kappa",
  λ: "lambda", μ: "mu", ν: "nu", ξ: "xi", π: "pi", ρ: "rho", ϱ: "varrho", σ: "sigma", ς: "varsigma", τ: "tau", υ: "upsilon", φ: "varphi", ϕ: "phi",
  χ: "chi", ψ: "psi", ω: "omega", Γ: "Gamma", Θ: "Theta", Λ: "Lambda", Ξ: "Xi", Π: "Pi", Σ: "Sigma", Υ: "Upsilon", Φ: "Phi", Ψ: "Psi", Ω: "Omega",
}; // prettier-ignore

const letters = (from: string, to: string): Record<string, string> =>
  Object.fromEntries([...from].map((letter, i) => [letter, [...to][i]]));
const raised = letters("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵃᵇᶜᵈᵉᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "0123456789+-=()niTabcdeklmoprstuvwxyz");
const lowered = letters("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "0123456789+-=()aeoxhklmnpstijruv");
const run = (of: Record<string, string>): RegExp => new RegExp(`[${Object.keys(of).join("")}]+`, "gu");
const written = (text: string, of: Record<string, string>): string => [...text].map((letter) => of[letter]).join("");

/** Text of a cell; whatever divides it into lines is a space. */
export function escapeLatex(text: string): string {
  const marks = new RegExp(`${run(raised).source}|${run(lowered).source}|[^]`, "gu");
  return onOneLine(text).replace(marks, (mark) => {
    if (mark[0] in raised) return `$^{${written(mark, raised)}}$`;
    if (mark[0] in lowered) return `$_{${written(mark, lowered)}}$`;
    return letter(mark);
  });
}

function letter(mark: string): string {
  if (mark in own) return own[mark];
  if (mark in signs) return `$${signs[mark]}$`;
  if (mark in greek) return `$\\${greek[mark]}$`;
  if (/[&%$#{}_]/.test(mark)) return `\\${mark}`;
  if (/[ -~]/.test(mark)) return mark;
  // The letters of Western and Central Europe, which pdflatex reads in any of its fonts; accents that stand alone join
  // them.
  const plain = mark.normalize("NFD");
  if (/^[A-Za-z][\u0300-\u0304\u0307\u0308\u030a-\u030c]$/u.test(plain) || /[ßæœøłÆŒØŁ]/.test(mark)) return mark;
  return `{[}U+${mark.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}{]}`;
}

/** Lines and tabs as spaces, without what is not printed: for a comment, too, which ends with its line. */
export function onOneLine(text: string): string {
  const space = (found: string): string => (/^[\u00a0\u202f\u2009]$/.test(found) ? found : " ");
  const printed = text.normalize("NFC").replace(/(?!\s)[\p{Cc}\p{Cf}]/gu, "");
  return printed.replace(/\s+/gu, space).trim();
}
