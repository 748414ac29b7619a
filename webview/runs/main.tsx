import { startView } from '../shared/startView';
import { RunsView } from './RunsView';

void startView(RunsView);
