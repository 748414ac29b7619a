import { startView } from '../shared/startView';
import { GenerationView } from './GenerationView';

void startView(GenerationView);
