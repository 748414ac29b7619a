import { startView } from '../shared/startView';
import { AttentionView } from './AttentionView';

void startView(AttentionView);
