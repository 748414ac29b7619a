import { startView } from '../shared/startView';
import { FilesView } from './FilesView';

void startView(FilesView);
