/** The report of a run: its data, and the page that shows it. */
export { reportData, type ReportData } from './report-data';
export { reportHtml } from './report-page';
