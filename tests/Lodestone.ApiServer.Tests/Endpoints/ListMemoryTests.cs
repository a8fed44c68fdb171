using System.Text;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lodestone.ApiServer.Tests.Endpoints;

/// <summary>What a list takes of memory does not grow with the list.</summary>
public sealed class ListMemoryTests(ListMemoryTests.ManyObjects objects) : IClassFixture<ListMemoryTests.ManyObjects>
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData("application/json", "", 80 * MiB, 2 * MiB)]
    [InlineData("application/json", "?labelSelector=app%3Da1", 8 * MiB, 2 * MiB)]
    [InlineData("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "", 80 * MiB, 2 * MiB)]
    // Of rows the objects are decoded one by one, which makes garbage but keeps nothing.
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io", "", 90 * MiB, long.MaxValue)]
    public async Task List_OfManyObjects_HoldsLittleAtOnce(string accept, string query, long atLeast, long mostAllocated)
    {
        var body = new CountingBody();
        ResourceRequest request = Request(body, accept, query);
        var endpoint = new ListEndpoint(objects.Store, TimeProvider.System);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Task done = endpoint.HandleAsync(request);
        Assert.True(done.IsCompleted, "the body takes everything at once, so that all is done by this thread");
        await done;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(body.Written >= atLeast, $"{body.Written} bytes written");
        Assert.True(body.MostUnflushed < MiB / 2, $"{body.MostUnflushed} bytes were waiting to be sent");
        Assert.True(allocated < mostAllocated, $"{allocated} bytes allocated");
    }

    private ResourceRequest Request(CountingBody body, string accept, string query)
    {
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpResponseBodyFeature>(body);
        http.Request.Headers.Accept = accept;
        http.Request.QueryString = new QueryString(query);
        ObjectRegistry registry = new ResourceCatalog(objects.Store, TimeProvider.System).Registry(ResourceDefinitions.Lease);
        var info = RequestInfo.Parse("GET", "/apis/coordination.k8s.io/v1/namespaces/default/leases", isWatch: false);
        return new ResourceRequest(http, info, UserInfo.Anonymous, registry);
    }

    /// <summary>A hundred thousand objects of about a kilobyte, in memory.</summary>
    public sealed class ManyObjects : IAsyncLifetime
    {
        private const int Count = 100_000;

        internal ObjectStore Store { get; } = ObjectStore.Open(new MemoryCommitLog());

        public async ValueTask InitializeAsync()
        {
            string padding = new('x', 700);
            foreach (int[] batch in Enumerable.Range(0, Count).Chunk(2048))
            {
                await Task.WhenAll(batch.Select(i => Store.WriteAsync(StoreWrite.Create("leases.coordination.k8s.io", new ObjectDraft(Encoding.UTF8.GetBytes($$$"""
                    {"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"l{{{i:000000}}}","namespace":"default","uid":"u{{{i}}}","resourceVersion":"","labels":{"app":"a{{{i % 10}}}"},"annotations":{"x":"{{{padding}}}"}},"spec":{"holderIdentity":"h{{{i}}}"}}
                    """))))));
            }
        }

        public ValueTask DisposeAsync() => Store.DisposeAsync();
    }
}
