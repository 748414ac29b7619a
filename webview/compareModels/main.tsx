import { startView } from '../shared/startView';
import { CompareModelsView } from './CompareModelsView';

void startView(CompareModelsView);
