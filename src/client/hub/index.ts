/** Models from a hub: what a repository holds, and the download of one of its variants. */
export { bytesPresent, download, folderOf, type DownloadProgress } from './download';
export { listRepository, type HubListing } from './listing';
export { parseEndpoint, parseRepository, publicHub, type Hub } from './repository';
export { hasCheckpoint, variantsOf, type HubVariant } from './variants';
