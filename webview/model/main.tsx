import { startView } from '../shared/startView';
import { ModelView } from './ModelView';

void startView(ModelView);
