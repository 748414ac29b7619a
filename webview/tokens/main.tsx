import { startView } from '../shared/startView';
import { TokensView } from './TokensView';

void startView(TokensView);
