import { startView } from '../shared/startView';
import { MaskedWordsView } from './MaskedWordsView';

void startView(MaskedWordsView);
