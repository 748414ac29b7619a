import { startView } from '../shared/startView';
import { SentencesView } from './SentencesView';

void startView(SentencesView);
