// What people and machines put into forms.
export const HOSTILE = [
  "<script>alert(1)</script>",
  "\"><img src=x onerror=alert(1)>",
  "' OR 1=1; DROP TABLE records; --",
  "\u202egnp.exe",
  "🐴🐴🐴 naïve Ωmega 漢字 עברית",
  "nul\u0000inside",
  "a\r\nSet-Cookie: x=y",
  "{{ 7 * 7 }} ${7*7} %s%s%n",
  "x".repeat(20_000),
  "../../../../etc/passwd",
];

// Whether a page gives any of it back as what it is not: markup.
export const isMarkupAgain = (text) => text.includes("<script>alert") || text.includes("<img src=x");
