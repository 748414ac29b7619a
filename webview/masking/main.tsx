import { startView } from '../shared/startView';
import { MaskingView } from './MaskingView';

void startView(MaskingView);
