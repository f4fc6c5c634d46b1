import { Token } from 'aws-cdk-lib';
import type { AiInlineOptions, AiSyntheticOptions } from './ai-workload';
import { checkCount, checkString, TOKEN } from './benchmark-checks';
import { checkNumber, checkObject, printed } from '../private/checks';
import type { Problem } from '../private/problems';

const MOST = 1_000_000;
const MOST_CONCURRENT = 10_000;
/** It is in the definition of the state machine, and in each of its states. */
const LONGEST_SPEC = 16 * 1024;

/** What is wrong with made-up prompts. */
export function syntheticProblems(options: AiSyntheticOptions): Problem[] {
  if (typeof options !== 'object' || options === null) return [{ prop: 'options', got: String(options), allowed: 'lengths of prompts and answers', fix: 'give e.g. { promptTokens: 550, outputTokens: 150 }' }];
  const { concurrency, requests, warmUpRequests, tokenizer, tokenizerSecret, extraInputs } = options;
  const count = (prop: string, value: number | undefined, min: number, most = MOST) => value === undefined ? [] : checkCount(prop, value, min, most);
  return [
    ...checkCount('promptTokens', options.promptTokens, 1, MOST),
    ...deviation('promptTokensStddev', options.promptTokensStddev),
    ...checkCount('outputTokens', options.outputTokens, 1, MOST),
    ...deviation('outputTokensStddev', options.outputTokensStddev),
    ...count('concurrency', concurrency, 1, MOST_CONCURRENT),
    ...count('requests', requests, 1),
    ...count('warmUpRequests', warmUpRequests, 0),
    ...tokenizer === undefined ? [] : checkString('tokenizer', tokenizer, /^[\w.-]+(\/[\w.-]+)?$/, 'the name of a model on the Hugging Face Hub', 'give e.g. "meta-llama/Llama-3.2-1B"'),
    ...tokenizerSecret === undefined ? [] : secretProblems('tokenizerSecret', tokenizerSecret),
    ...extraProblems(extraInputs),
  ];
}

function deviation(prop: string, value: number | undefined): Problem[] {
  if (value === undefined) return [];
  if (Token.isUnresolved(value)) return [{ prop, got: TOKEN, allowed: 'a number of at least 0', fix: 'give a plain number' }];
  return checkNumber(prop, value, { min: 0, max: MOST });
}

function extraProblems(extra: Record<string, string> | undefined): Problem[] {
  if (extra === undefined) return [];
  const prop = 'extraInputs';
  if (typeof extra !== 'object' || extra === null || Array.isArray(extra)) return [{ prop, got: printed(extra), allowed: 'texts by name', fix: "give e.g. { ignore_eos: 'true' }" }];
  const allowed = 'letters, digits and _ . / : -, without spaces and commas';
  return Object.entries(extra).flatMap(([name, value]) => [
    ...checkString(`${prop} (a name)`, name, /^[\w.-]+$/, 'letters, digits and _ . -'),
    ...checkString(`${prop}.${name}`, value, /^[\w./:-]+$/, allowed),
  ]);
}

function secretProblems(prop: string, secret: unknown): Problem[] {
  return checkObject(prop, secret, 'secretArn', 'a secret of Secrets Manager', 'pass a Secret, or Secret.fromSecretCompleteArn');
}

/** What is wrong with a specification of the user's. */
export function inlineProblems(specification: string, { secrets }: AiInlineOptions): Problem[] {
  const prop = 'specification';
  if (typeof specification !== 'string' || specification.trim() === '') return [{ prop, got: printed(specification), allowed: 'a workload specification, JSON or YAML', fix: 'give e.g. JSON.stringify({ benchmark: { type: "aiperf" }, parameters: { ... } })' }];
  const size = Buffer.byteLength(specification);
  return [
    ...size > LONGEST_SPEC ? [{ prop, got: `${size} bytes`, allowed: `at most ${LONGEST_SPEC}`, fix: 'leave parameters out that are the defaults' }] : [],
    // `type: aiperf` of YAML and `"type": "aiperf"` of JSON.
    ...line('type', '["\']?aiperf').test(specification) ? [] : [{ prop, got: 'no benchmark type aiperf', allowed: 'benchmark.type aiperf, the only one there is', fix: 'add { "benchmark": { "type": "aiperf" } }' }],
    ...line('concurrency', '(\\[|\\n\\s*-)').test(specification) ? [{ prop, got: 'a list of concurrencies', allowed: 'one: each would have results of its own', fix: 'use a benchmark for each' }] : [],
    ...line('search_recipe', '').test(specification) ? [{ prop, got: 'search_recipe', allowed: 'a fixed concurrency: what a search found cannot be compared', fix: 'remove it, and give concurrency' }] : [],
    // An ARN, or what will be one.
    ...line('hf_token', '(?!["\']?(arn:|\\$\\{Token))["\']?\\w').test(specification) ? [{ prop, got: 'an hf_token in plain text', allowed: 'the ARN of a secret, under "secrets"', fix: 'put the token into Secrets Manager' }] : [],
    ...secrets === undefined ? [] : Array.isArray(secrets) ? secrets.flatMap((secret, i) => secretProblems(`secrets[${i}]`, secret)) : [{ prop: 'secrets', got: printed(secrets), allowed: 'a list of secrets', fix: 'give e.g. [secret]' }],
  ];
}

/** A key and the beginning of its value, in JSON or YAML. */
function line(key: string, value: string): RegExp {
  return new RegExp(`(^|[\\s{,"'])${key}["']?[ \\t]*:[ \\t]*${value}`, 'i');
}
