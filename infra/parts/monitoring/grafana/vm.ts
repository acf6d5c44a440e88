import type { Dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';

export const vm: Dashboard = {
  uid: 'azaan-vm',
  title: 'VM',
  description: 'The machine: processor, memory, disk, network, restarts, certificates.',
  from: 'now-6h',
  rows: [
    [
      stat(5, {
        title: 'Processor',
        description: 'Of all cores. Keep the average below 60 %; alert above 80 % for 10 minutes.',
        unit: 'percent',
        queries: [{ expr: 'max(azaan:host_cpu:percent)', legend: 'busy' }],
        thresholds: { warning: 60, critical: 80 },
      }),
      stat(5, {
        title: 'Memory',
        description: 'Not available to programs. Keep it below 70 %; alert above 85 % for 10 minutes.',
        unit: 'percent',
        queries: [{ expr: 'max(azaan:host_memory:percent)', legend: 'used' }],
        thresholds: { warning: 70, critical: 85 },
      }),
      stat(5, {
        title: 'Fullest disk',
        description: 'Keep it below 75 %; alerts above 80 % and 90 %.',
        unit: 'percent',
        queries: [{ expr: 'max(azaan:host_disk:percent)', legend: 'used' }],
        thresholds: { warning: 75, critical: 80 },
      }),
      stat(5, {
        title: 'Certificate that ends first',
        description: 'How much of its life is left; it is renewed at a third.',
        unit: 'percentunit',
        queries: [{ expr: 'min(azaan:certificate_left:ratio)', legend: 'left' }],
        thresholds: { warning: 0.25, critical: 0.1, lowIsBad: true },
      }),
      stat(4, {
        title: 'Restarts in 24 h',
        description: 'Of the server process, as PM2 counts them, deployments included.',
        unit: 'short',
        queries: [{ expr: 'round(sum(increase(azaan_pm2_restarts_total[24h])))', legend: 'restarts' }],
        thresholds: { warning: 3, critical: 6 },
      }),
    ],
    [
      graph(12, {
        title: 'Processor',
        description: 'Of all cores, by what it is used for. steal is what the provider takes away.',
        unit: 'percentunit',
        min: 0,
        stacked: true,
        queries: [
          {
            expr: 'avg by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval]))',
            legend: '{{mode}}',
          },
        ],
      }),
      graph(12, {
        title: 'Memory',
        description: 'In use and available, together what the machine has.',
        unit: 'bytes',
        min: 0,
        stacked: true,
        queries: [
          { expr: 'node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes', legend: 'used' },
          { expr: 'node_memory_MemAvailable_bytes', legend: 'available' },
        ],
      }),
    ],
    [
      graph(12, {
        title: 'Network',
        description: 'Bytes a second. A listener takes some 5 kB a second.',
        unit: 'binBps',
        queries: [
          {
            expr: 'rate(node_network_transmit_bytes_total{device!="lo"}[$__rate_interval])',
            legend: 'out, {{device}}',
          },
          { expr: '-rate(node_network_receive_bytes_total{device!="lo"}[$__rate_interval])', legend: 'in, {{device}}' },
        ],
      }),
      graph(12, {
        title: 'Datagrams that the kernel dropped',
        description: 'Buffers that were full: a process was too late to read, or too many packets left at once.',
        unit: 'pps',
        min: 0,
        queries: [
          { expr: 'rate(node_netstat_Udp_RcvbufErrors[$__rate_interval])', legend: 'received' },
          { expr: 'rate(node_netstat_Udp_SndbufErrors[$__rate_interval])', legend: 'sent' },
        ],
      }),
    ],
    [
      graph(12, {
        title: 'Disks',
        description: 'How full each one is.',
        unit: 'percent',
        min: 0,
        max: 100,
        queries: [{ expr: 'azaan:host_disk:percent', legend: '{{mountpoint}}' }],
      }),
      graph(12, {
        title: 'Certificates',
        description: 'How much of the life of each one is left. A saw; when a tooth goes below 0.25, renewal fails.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        queries: [{ expr: 'azaan:certificate_left:ratio', legend: '{{name}}' }],
      }),
    ],
  ],
};
