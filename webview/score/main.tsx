import { startView } from '../shared/startView';
import { ScoreView } from './ScoreView';

void startView(ScoreView);
