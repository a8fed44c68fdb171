namespace Lodestone.ApiServer.Fairness;

/// <summary>How much a <see cref="FairQueue"/> lets in.</summary>
/// <param name="Seats">Requests executed at the same time.</param>
/// <param name="Queue">Requests that may wait.</param>
/// <param name="QueuePerUser">Requests of one user that may wait.</param>
/// <param name="LongestWait">How long one may wait; kube-apiserver's is a quarter of the request's time.</param>
internal sealed record FairQueueOptions(int Seats, int Queue, int QueuePerUser, TimeSpan LongestWait);
