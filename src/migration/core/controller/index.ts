export { advance } from './advance';
export { begin, type BeginInput } from './begin';
export { needs } from './needs';
export type * from './types';
