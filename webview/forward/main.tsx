import { startView } from '../shared/startView';
import { ForwardView } from './ForwardView';

void startView(ForwardView);
