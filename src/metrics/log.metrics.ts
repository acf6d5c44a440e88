import { makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { droppedLogLines } from '../logging/log-params.js';

export const logMetric = makeCounterProvider({
  name: 'azaan_log_lines_dropped_total',
  help: 'Lines of the log that were lost because nobody read it',
  collect() {
    this.reset();
    this.inc(droppedLogLines());
  },
});
