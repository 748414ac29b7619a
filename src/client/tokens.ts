import type { Caller, CallOptions } from '../core/rpc';
import { tokensOfColumns } from '../core/tokenColumns';
import { alignTokens } from '../core/tokenAlignment';
import type { EngineRequests } from '../protocol/engine';
import type { TokensComparison, TokensQuestion, TokensResult } from '../protocol/inspections';

/** The tokens of a text or pair, from the engine. */
export async function askTokens(
  engine: Caller<EngineRequests>,
  question: TokensQuestion,
  options?: CallOptions,
): Promise<TokensResult> {
  const { columns, ...result } = await engine.request('tokens', question, options);
  return { ...result, tokens: tokensOfColumns(columns) };
}

/** The tokens of two models over one text or pair, aligned on it. @param other the second model. */
export async function compareTokens(
  engine: Caller<EngineRequests>,
  question: TokensQuestion,
  other: string,
  options?: CallOptions,
): Promise<TokensComparison> {
  const results = [question, { ...question, model: other }].map((each) => askTokens(engine, each, options));
  const [one, second] = (await Promise.all(results)) as [TokensResult, TokensResult];
  return { one, other: second, groups: alignTokens(one.tokens, second.tokens) };
}
