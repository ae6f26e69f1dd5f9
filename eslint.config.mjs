import tseslint from "typescript-eslint";

/** What our own code says to people: it may be worded otherwise at any time, so nothing is decided by it. */
const said = "/^(sentence|message|reason|problem|refusal|why|title|complaint|remedy|finding|note)s?$/i";
const spoken = (path) => [`[${path}.name=${said}]`, `[${path}.property.name=${said}]`];
const useFields = "A sentence is for people; decide by a field beside it (a kind, a code, a class of error).";
const sentencesAreNotRead = [
  ...spoken("callee.object").map(
    (of) => `CallExpression[callee.property.name=/^(includes|startsWith|endsWith|match|search|indexOf)$/]${of}`,
  ),
  ...spoken("arguments.0").map((of) => `CallExpression[callee.property.name=/^(test|exec)$/]${of}`),
  ...spoken("left").map((of) => `BinaryExpression[operator=/^[!=]==$/][right.type="Literal"][right.raw=/^"./]${of}`),
  'CallExpression[callee.property.name=/^(includes|startsWith|endsWith|indexOf)$/][arguments.0.raw=/^".* .*"$/]',
].map((selector) => ({ selector, message: useFields }));

/** `...{ a, b }` says no more than `a, b`, and a reader looks for its meaning. */
const literalsAreNotSpread = {
  selector: "SpreadElement > ObjectExpression.argument",
  message: "Write the properties themselves; a spread of a literal means nothing.",
};

export default tseslint.config(
  { ignores: ["**/node_modules/", ".lab*/"] },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ["**/*.ts"] })),
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/require-await": "off",
      // Effects are object literals of functions; none of them reads `this`.
      "@typescript-eslint/unbound-method": "off",
      "no-console": "off",
      "no-duplicate-imports": "error",
    },
  },
  {
    files: ["{runtime,config,components,gates,phases,assess,plan,cli}/**/*.ts", "index.ts"],
    rules: { "no-restricted-syntax": ["error", ...sentencesAreNotRead, literalsAreNotSpread] },
  },
  {
    // Objects of custom resources, Connect's answers and the like have no types of their own here.
    files: ["lab/**/*.ts", "runtime/**/*.ts", "test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    // `describe` and `it` of mocha take callbacks that are not awaited.
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-floating-promises": "off" },
  },
);
