import { Token } from 'aws-cdk-lib';
import type { WindowConfig } from './core/controller/types';
import { checkStruct, tokenIn } from './value-checks';
import { throwProblems, type Problem } from '../private/problems';

/** A day of the week. */
export enum Weekday {
  /** Sunday. */
  SUNDAY = 'SUNDAY',
  /** Monday. */
  MONDAY = 'MONDAY',
  /** Tuesday. */
  TUESDAY = 'TUESDAY',
  /** Wednesday. */
  WEDNESDAY = 'WEDNESDAY',
  /** Thursday. */
  THURSDAY = 'THURSDAY',
  /** Friday. */
  FRIDAY = 'FRIDAY',
  /** Saturday. */
  SATURDAY = 'SATURDAY',
}

/** Hours of a day in a time zone. */
export interface AdvanceHours {
  /**
   * When the window opens, `HH:MM`.
   *
   * @default '00:00'
   */
  readonly opens?: string;

  /**
   * When it closes, `HH:MM`, at most `24:00`; the minute itself is outside. Later than `opens`: a window does not go over midnight.
   *
   * @default '24:00'
   */
  readonly closes?: string;

  /** The zone by its IANA name, e.g. `Europe/Berlin`; daylight saving time is followed. */
  readonly timeZone: string;
}

const DAYS = Object.values(Weekday);
const ALL_DAY = { opens: '00:00', closes: '24:00' };
const EXAMPLE = "{ opens: '09:00', closes: '17:00', timeZone: 'Europe/Berlin' }";
const DAY_MS = 86_400_000;
/** No run lasts as long. */
const LONGEST_FREEZE_DAYS = 366;

/** When a migration may advance. Rolling back is always allowed, and the guard never sleeps. */
export class AdvanceWindow {
  /** Any time; for `freeze`. */
  public static always(): AdvanceWindow {
    return new AdvanceWindow(DAYS, { timeZone: 'UTC' });
  }

  /**
   * Monday to Friday.
   *
   * @param hours from when to when, and where
   */
  public static weekdays(hours: AdvanceHours): AdvanceWindow {
    return AdvanceWindow.checked('weekdays', DAYS.slice(1, 6), hours);
  }

  /**
   * Every day.
   *
   * @param hours from when to when, and where
   */
  public static daily(hours: AdvanceHours): AdvanceWindow {
    return AdvanceWindow.checked('daily', DAYS, hours);
  }

  /**
   * Certain days of the week.
   *
   * @param days the days
   * @param hours from when to when, and where
   */
  public static days(days: Weekday[], hours: AdvanceHours): AdvanceWindow {
    return AdvanceWindow.checked('days', days, hours);
  }

  private static checked(where: string, days: Weekday[], hours: AdvanceHours): AdvanceWindow {
    throwProblems(`AdvanceWindow.${where}`, [...dayProblems(days), ...hourProblems(hours)]);
    return new AdvanceWindow(days, hours);
  }

  private constructor(private readonly days: readonly Weekday[], private readonly hours: AdvanceHours, private readonly freezes: WindowConfig['freezes'] = []) {}

  /**
   * The same window with days on which nothing advances.
   *
   * @param firstDay `YYYY-MM-DD`, in the zone of the window
   * @param lastDay it is frozen too
   */
  public freeze(firstDay: string, lastDay: string): AdvanceWindow {
    throwProblems('AdvanceWindow.freeze', freezeProblems(firstDay, lastDay));
    return new AdvanceWindow(this.days, this.hours, [...this.freezes, { from: firstDay, to: lastDay }]);
  }

  /** @internal */
  public _render(): WindowConfig {
    return {
      days: [...new Set(this.days)].map((day) => DAYS.indexOf(day)).sort((a, b) => a - b),
      fromMinute: minuteOf(this.hours.opens ?? ALL_DAY.opens)!,
      toMinute: minuteOf(this.hours.closes ?? ALL_DAY.closes)!,
      timeZone: this.hours.timeZone,
      freezes: this.freezes,
    };
  }
}

/** Minutes since midnight, or nothing for what is no time of day. */
function minuteOf(time: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time);
  return time === ALL_DAY.closes ? 1440 : match === null ? undefined : Number(match[1]) * 60 + Number(match[2]);
}

function dayProblems(days: Weekday[]): Problem[] {
  if (Token.isUnresolved(days)) return [tokenIn('days')];
  const fix = 'give e.g. [Weekday.MONDAY, Weekday.TUESDAY]';
  if (!Array.isArray(days)) return [{ prop: 'days', got: JSON.stringify(days) ?? String(days), allowed: 'days of the week', fix }];
  if (days.length === 0) return [{ prop: 'days', got: 'an empty list: a window that never opens', allowed: 'at least one day of the week', fix }];
  return days.flatMap((day, i) => DAYS.includes(day) ? [] : [{ prop: `days[${i}]`, got: JSON.stringify(day) ?? String(day), allowed: 'Weekday.SUNDAY to Weekday.SATURDAY', fix: 'use one of them' }]);
}

function hourProblems(hours: AdvanceHours): Problem[] {
  const notOne = hours === undefined ? [{ prop: 'hours', got: 'nothing', allowed: 'options', fix: `give e.g. ${EXAMPLE}` }] : checkStruct('hours', hours, EXAMPLE);
  if (notOne.length > 0) return notOne;
  const { opens = ALL_DAY.opens, closes = ALL_DAY.closes, timeZone } = hours;
  const problems = Object.entries({ opens, closes }).flatMap(([prop, time]): Problem[] => {
    if (Token.isUnresolved(time)) return [tokenIn(prop)];
    return typeof time === 'string' && minuteOf(time) !== undefined ? [] : [{ prop, got: JSON.stringify(time), allowed: 'a time of day, HH:MM, 00:00 to 24:00', fix: "give e.g. '09:00'" }];
  });
  if (problems.length === 0 && minuteOf(opens)! >= minuteOf(closes)!) {
    problems.push({ prop: 'closes', got: `"${closes}" with opens "${opens}": a window that never opens`, allowed: 'a time later than `opens`: a window does not go over midnight', fix: 'swap them, or leave one of them out' });
  }
  return [...problems, ...zoneProblems(timeZone)];
}

function zoneProblems(timeZone: string): Problem[] {
  if (Token.isUnresolved(timeZone)) return [tokenIn('timeZone')];
  try {
    if (typeof timeZone === 'string' && timeZone !== '' && !/^[+-]/.test(timeZone)) {
      new Intl.DateTimeFormat('en', { timeZone });
      return [];
    }
  } catch {
    // A RangeError: the zone is not known, neither here nor to the controller.
  }
  return [{ prop: 'timeZone', got: JSON.stringify(timeZone) ?? 'nothing', allowed: 'a time zone by its IANA name', fix: 'give e.g. Europe/Berlin, America/New_York or UTC' }];
}

function freezeProblems(firstDay: string, lastDay: string): Problem[] {
  const problems = Object.entries({ firstDay, lastDay }).flatMap(([prop, day]): Problem[] => {
    if (Token.isUnresolved(day)) return [tokenIn(prop)];
    // A day such as 2027-02-30 becomes another one in a Date.
    if (typeof day === 'string' && /^\d{4}-\d\d-\d\d$/.test(day) && dayOf(day) === day) return [];
    return [{ prop, got: JSON.stringify(day) ?? 'nothing', allowed: 'a day, YYYY-MM-DD', fix: 'give e.g. 2027-12-24' }];
  });
  if (problems.length > 0) return problems;
  const days = (Date.parse(lastDay) - Date.parse(firstDay)) / DAY_MS + 1;
  if (days < 1) return [{ prop: 'lastDay', got: `"${lastDay}" with firstDay "${firstDay}"`, allowed: 'a day that is not before `firstDay`', fix: 'swap them' }];
  if (days > LONGEST_FREEZE_DAYS) return [{ prop: 'lastDay', got: `"${lastDay}" with firstDay "${firstDay}", ${days} days: a window that never opens`, allowed: `at most ${LONGEST_FREEZE_DAYS} days`, fix: 'do not start the migration, or shorten the freeze' }];
  return [];
}

function dayOf(day: string): string | undefined {
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, 10);
}
