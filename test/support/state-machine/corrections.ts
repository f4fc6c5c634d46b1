/**
 * Where aws-local-stepfunctions 3.0.0 differs from Step Functions and a test could be misled, or has no seam for virtual time.
 * Applied to its text when it is loaded. A text that is not found as often as said is an error: then the package has changed, and
 * its row is to be read again. Read in its build and tried on 2026-11-23.
 */
export interface Correction {
  readonly why: string;
  readonly find: string | RegExp;
  readonly put: string;
  /** How often it is in the text; 1 when left out. */
  readonly times?: number;
}

export const CORRECTIONS: readonly Correction[] = [
  {
    why: 'seam: events are handed on as they happen, for the history and for $$.State',
    find: '  dispatch(event) {\n',
    put: '  dispatch(event) {\n    observe(event);\n',
  },
  {
    why: '$$.Execution: inside Parallel and Map it is that of the execution, not of the branch',
    find: '        Input: input,\n        StartTime: (/* @__PURE__ */ new Date()).toISOString()\n',
    put: '',
  },
  {
    why: 'what is aborted while it waits does not go on; the package ran a retry after the abort',
    find: /if \(abortSignal\?\.aborted\) \{\s+return resolve\(\);\s+\}\s+const onAbort = \(\) => \{\s+clearTimeout\(timeout\);\s+resolve\(\);\s+\};/g,
    put: 'if (abortSignal?.aborted) return;\n    const onAbort = () => clearTimeout(timeout);',
  },
  {
    why: 'TimeoutSeconds of a task: the default is 99999999 (Amazon States Language, task state), not 60',
    find: 'var DEFAULT_TIMEOUT_SECONDS = 60;',
    put: 'var DEFAULT_TIMEOUT_SECONDS = 99999999;',
  },
  {
    why: 'a result of an intrinsic function keeps the backslashes of its data; only those in literals are escapes. What a function cannot do is States.IntrinsicFailure',
    find: /let result = this\.execute\(\.\.\.parsedArgs\);\s+if \(typeof result === "string"\) \{\s+result = result\.replaceAll\("\\\\", ""\);\s+\}\s+return result;/g,
    put: `try {
      return this.execute(...parsedArgs);
    } catch (error) {
      if (error instanceof RuntimeError) throw error;
      throw Object.assign(new RuntimeError(error.message), { name: "States.IntrinsicFailure" });
    }`,
  },
  {
    why: 'escapes in literals, see above; the template of States.Format keeps them until its {} are filled',
    find: 'const parsedArgs = parseArguments(input, context, ...args);',
    put: `const parsedArgs = parseArguments(input, context, ...args);
    if (this.funcDefinition.name === "States.Format" && args[0]?.[0] === "'") parsedArgs[0] = args[0].slice(1, args[0].lastIndexOf("'"));`,
  },
  {
    why: 'escapes in literals, see above',
    find: 'return arg.slice(1, lastSingleQuote);',
    put: 'return arg.slice(1, lastSingleQuote).replace(/\\\\(.)/gs, "$1");',
  },
  {
    why: 'escapes in literals, see above',
    find: 'return templateStr.replace(/\\{\\}/g, () => placeholderValues[i++]);',
    put: 'return templateStr.replace(/\\\\(.)|\\{\\}/gs, (found, escaped) => escaped ?? placeholderValues[i++]);',
  },
  {
    why: 'States.JsonMerge leaves its arguments as they are',
    find: 'return Object.assign(obj1, obj2);',
    put: 'return Object.assign({}, obj1, obj2);',
  },
  {
    why: 'ResultPath "$" is the default and replaces the input; the package wrote a member named $',
    find: /(function processResultPath\(path, rawInput, result\) \{\s+if \(path === void 0)\)/g,
    put: '$1 || path === "$")',
  },
  {
    why: 'Result of Pass may be 0, false, "" or null',
    find: 'if (this.stateDefinition.Result) {',
    put: 'if (this.stateDefinition.Result !== void 0) {',
  },
  {
    why: 'a Fail state without Error and Cause has none',
    find: 'constructor(name = "FailStateError", message = "Execution failed because of a Fail state") {',
    put: 'constructor(name = "", message = "") {',
  },
  {
    why: 'ErrorPath and CausePath may be intrinsic functions (Amazon States Language, fail state)',
    find: /jsonPathQuery\(state\.(Error|Cause)Path, input, context, \{/g,
    put: '(state.$1Path.startsWith("States.") ? evaluateIntrinsicFunction : jsonPathQuery)(state.$1Path, input, context, {',
    times: 2,
  },
  {
    why: 'IsPresent, IsNull and the like may ask for false',
    find: /return (\w+True) && (.+);/g,
    put: 'return $1 === ($2);',
    times: 6,
  },
  {
    why: 'a comparison of different types does not match; the package compared "5" with 10',
    find: /return varValue (<=|>=|<|>) (choiceRule\.\w+|stringValue|numberValue);/g,
    put: 'return typeof varValue === typeof $2 && varValue $1 $2;',
    times: 16,
  },
  {
    why: 'StringMatches of what is no string does not match, and ? is a letter: only * is special',
    find: /\(0, import_wildcard_match\.default\)\(choiceRule\.StringMatches, \{ separator: false \}\);\s+return isMatch\(varValue\);/g,
    put: '(0, import_wildcard_match.default)(choiceRule.StringMatches.replace(/\\?/g, "\\\\?"), { separator: false });\n      return typeof varValue === "string" && isMatch(varValue);',
  },
];

/** The text with every correction in it. */
export function corrected(text: string, corrections: readonly Correction[] = CORRECTIONS): string {
  return corrections.reduce((before, { why, find, put, times = 1 }) => {
    const found = typeof find === 'string' ? before.split(find).length - 1 : [...before.matchAll(find)].length;
    if (found !== times) throw new Error(`aws-local-stepfunctions has changed: ${found} places instead of ${times} to correct (${why})`);
    return typeof find === 'string' ? before.replace(find, () => put) : before.replace(find, put);
  }, text);
}
